/** The pages of the navigation, and who sees them. */

import Make from '@lucide/svelte/icons/clapperboard';
import Lab from '@lucide/svelte/icons/flask-conical';
import Learn from '@lucide/svelte/icons/graduation-cap';
import Jobs from '@lucide/svelte/icons/list-checks';
import Law from '@lucide/svelte/icons/scale';
import Me from '@lucide/svelte/icons/scan-face';
import Check from '@lucide/svelte/icons/scan-search';
import Settings from '@lucide/svelte/icons/settings';
import People from '@lucide/svelte/icons/users';
import type { Component } from 'svelte';
import type { Role } from './api/types';
import type { Key } from './i18n/index.svelte';

/** One page of the navigation. */
export interface Place {
  readonly href: string;
  readonly label: Key;
  readonly icon: Component<{ size?: number }>;
  /** Roles that see it; everybody, also who is not signed in, where it is left out. */
  readonly roles?: readonly Role[];
}

const ALL = ['owner', 'maker', 'reviewer', 'subject'] as const;
const STAFF = ['owner', 'maker', 'reviewer'] as const;

/** All of them, in order. The first four stand in the bar of a phone. */
export const PLACES: readonly Place[] = [
  { href: '/check', label: 'nav.check', icon: Check, roles: STAFF },
  { href: '/people', label: 'nav.people', icon: People, roles: STAFF },
  { href: '/make', label: 'nav.make', icon: Make, roles: ['owner', 'maker'] },
  { href: '/me', label: 'nav.me', icon: Me, roles: ['subject'] },
  { href: '/learn', label: 'nav.learn', icon: Learn },
  { href: '/law', label: 'nav.law', icon: Law, roles: ALL },
  { href: '/lab', label: 'nav.lab', icon: Lab, roles: STAFF },
  { href: '/jobs', label: 'nav.jobs', icon: Jobs, roles: STAFF },
  { href: '/settings', label: 'nav.settings', icon: Settings, roles: ALL },
];

/** The pages a role sees; null is nobody signed in. */
export function placesFor(role: Role | null): readonly Place[] {
  return PLACES.filter(({ roles }) => roles === undefined || (role !== null && roles.includes(role)));
}
