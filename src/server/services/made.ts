/** What happens when a render is done: its file becomes media of the studio, under the records it was made with. */
import type { OnMade } from '../../jobs/index.js';

/** Enters a made file, in the transaction in which its job is done; doing so twice changes nothing. */
export const enterMade: OnMade = async (sql, job, { path, sha256, bytes, name, info }) => {
  const { video } = info;
  const picture = info.kind === 'picture';
  await sql.query(
    `INSERT INTO studio_media (id, name, kind, origin, bytes, sha256, path, container, width, height, seconds,
     frame_rate, owner, project, job) VALUES ($1, $2, $3, 'made', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $1)
     ON CONFLICT (id) DO UPDATE SET sha256 = excluded.sha256, bytes = excluded.bytes`,
    [
      job.id,
      name,
      picture ? 'picture' : 'video',
      bytes,
      sha256,
      path,
      info.container,
      video?.width ?? null,
      video?.height ?? null,
      picture ? null : info.duration,
      picture ? null : (video?.frameRate ?? null),
      job.owner,
      job.project,
    ],
  );
  if (job.input.kind !== 'render') return;
  const consents = job.input.routes.flatMap((route) => [route.sourceConsent, route.targetConsent]);
  for (const consent of new Set(consents))
    await sql.query('INSERT INTO studio_made_under (media, consent) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      job.id,
      consent,
    ]);
};
