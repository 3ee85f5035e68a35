/** What the person who is signed in may do, as the studio's own table has it (`src/server/access.ts`): what it would refuse is not offered. */
import { user } from './session.svelte';

/** Whether they make media, or look only. */
export const mayMake = (): boolean => user()?.role === 'owner' || user()?.role === 'maker';

/** Whether something is theirs to change: their own, and everything for the owner of the studio. */
export const mayChange = ({ owner }: { readonly owner: string | null }): boolean =>
  user()?.role === 'owner' || (owner !== null && owner === user()?.id);
