/** The one door to `@contentauth/c2pa-wasm`: loads it once and turns what it throws into errors of this house. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { initSync, WasmBuilder, WasmReader } from '@contentauth/c2pa-wasm';
import { LikenessError, messageOf } from '../../base/index.js';
import { type ByteSource, installFileReader } from './blob.js';
import type { ClaimSigner } from './cose.js';
import type { ManifestStore } from './store.js';

let loaded = false;

function load(): void {
  if (loaded) return;
  installFileReader();
  const wasm = createRequire(import.meta.url).resolve('@contentauth/c2pa-wasm/c2pa.wasm');
  initSync({ module: readFileSync(wasm) });
  loaded = true;
}

/** A file as the library sees it. */
export interface Asset {
  readonly mime: string;
  readonly source: ByteSource;
}

/** What to sign. */
export interface SignJob {
  readonly asset: Asset;
  /** C2PA manifest definition, without the parent. */
  readonly manifest: object;
  /** The file this one was made from; it becomes the parent ingredient and the `c2pa.opened` action. Null where there is none. */
  readonly parent: (Asset & { readonly title: string }) | null;
  readonly signer: ClaimSigner;
  /** Write no manifest into the asset: for a manifest that goes into a file of its own. */
  readonly sidecar?: boolean;
}

/** The signed asset and its manifest store, as bytes. */
export interface Signed {
  readonly asset: Uint8Array;
  readonly manifest: Uint8Array;
}

/** Signs an asset. The result lies in memory: see `embed-film.ts` for files that are too large for that. */
export async function signAsset(job: SignJob): Promise<Signed> {
  load();
  const { asset, parent, signer } = job;
  const settings = {
    version: 1,
    builder: { thumbnail: { enabled: false } },
    verify: { verify_after_sign: false, remote_manifest_fetch: false },
  };
  let builder: WasmBuilder | null = null;
  try {
    builder = WasmBuilder.fromJson(JSON.stringify(job.manifest), JSON.stringify(settings));
    if (job.sidecar === true) builder.setNoEmbed(true);
    if (parent !== null) {
      builder.setIntent('edit');
      await builder.addIngredientFromBlob(
        JSON.stringify({ title: parent.title, format: parent.mime, relationship: 'parentOf' }),
        parent.mime,
        parent.source.asBlob(),
      );
    }
    const definition = {
      alg: signer.algorithm,
      reserveSize: signer.reserve,
      sign: async (claim: Uint8Array): Promise<Uint8Array<ArrayBuffer>> => Uint8Array.from(await signer.sign(claim)),
    };
    const signed: unknown = await builder.signAndGetManifestBytes(definition, [], asset.mime, asset.source.asBlob());
    return signed as Signed;
  } catch (cause) {
    throw new LikenessError('label.sign', `Sealing failed: ${messageOf(cause)}.`, { cause });
  } finally {
    builder?.free();
  }
}

/** What {@link readAsset} found. */
export type ReadResult =
  | { readonly kind: 'label'; readonly store: ManifestStore }
  | { readonly kind: 'none' }
  /** There is something, but it cannot be read as a label. */
  | { readonly kind: 'damaged'; readonly message: string };

/** Certificates to trust. */
export interface TrustList {
  /** PEM certificates of roots; may be empty. */
  readonly anchors: string;
  /** Key usages that a signer may have, OIDs one a line. */
  readonly usages: string;
}

/** Reads and validates the label of an asset. Nothing is fetched from a network. */
export async function readAsset(asset: Asset, trust: TrustList): Promise<ReadResult> {
  load();
  const settings = {
    version: 1,
    trust: { trust_config: trust.usages, ...(trust.anchors === '' ? {} : { trust_anchors: trust.anchors }) },
    verify: { verify_trust: true, remote_manifest_fetch: false, ocsp_fetch: false },
  };
  let reader: WasmReader | null = null;
  try {
    reader = await WasmReader.fromBlob(asset.mime, asset.source.asBlob(), JSON.stringify(settings));
    return { kind: 'label', store: JSON.parse(reader.json()) as ManifestStore };
  } catch (cause) {
    if (cause instanceof LikenessError) throw cause;
    const message = messageOf(cause);
    return /JumbfNotFound|no JUMBF data found|ProvenanceMissing/i.test(message)
      ? { kind: 'none' }
      : { kind: 'damaged', message };
  } finally {
    reader?.free();
  }
}
