/** `/api/v1/projects`: what is to be made, as one file each. */
import { z } from '@hono/zod-openapi';
import { projectFileSchema, writeProjectFile } from '../../jobs/index.js';
import { type Api, type StudioContext, userOf } from '../api.js';
import { HttpProblem } from '../problem.js';
import { body, json, problems } from '../schemas/common.js';
import { idParam } from '../schemas/media.js';
import { nameSchema } from '../schemas/session.js';
import { RecordLook } from '../services/consent-gaps.js';
import { CONSENT_STATES } from '../services/consents.js';
import type { Project } from '../services/projects.js';
import { dispositionOf } from '../services/send-file.js';
import type { Studio } from '../studio.js';

// A copy: the schema was made before the description of the API knew of schemas.
const file = projectFileSchema.clone().openapi('ProjectFile');

const projectSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    /** Who made it, and may change it beside the owner of the studio. */
    owner: z.string(),
    createdAt: z.iso.datetime(),
    changedAt: z.iso.datetime(),
    file,
    /** What is missing before it can be rendered. */
    problems: z.array(
      z.object({
        field: z.string(),
        message: z.string(),
        /** A record that the project names and nothing can be made with now. */
        record: z
          .object({ id: z.string(), name: z.string().nullable(), status: z.enum([...CONSENT_STATES, 'unknown']) })
          .optional(),
      }),
    ),
  })
  .openapi('Project');

const tags = ['projects'];
const one = { 200: json(projectSchema, 'The project'), ...problems };

/** A project that the person may change: their own, or any for the owner. */
async function own(c: StudioContext, studio: Studio, id: string): Promise<Project> {
  const project = await studio.projects.need(id);
  const user = userOf(c);
  if (user.role !== 'owner' && project.owner !== user.id)
    throw new HttpProblem(403, 'project.owner', 'This project was made by somebody else.', {
      hint: 'Export it and import it as your own.',
    });
  return project;
}

/** The change that a request wants to build on; null where it does not say. */
function sinceOf(c: StudioContext): Date | null {
  const since = c.req.header('if-match')?.replace(/^"|"$/g, '');
  const date = since === undefined ? null : new Date(since);
  if (date !== null && Number.isNaN(date.getTime()))
    throw new HttpProblem(422, 'projects.match', 'If-Match is no time of a change.', {
      hint: 'Send the changedAt that the project came with.',
    });
  return date;
}

const ifMatch = z.object({ 'if-match': z.string().max(60).optional() });
const MATCH =
  'With `If-Match: "<changedAt>"` only where nobody has changed it since then; else 412 `projects.changed`.';

/** Adds the routes. */
export function addProjects(api: Api, studio: Studio): void {
  const view = async (project: Project, records = new RecordLook()): Promise<z.infer<typeof projectSchema>> => ({
    id: project.id,
    name: project.file.name,
    owner: project.owner,
    createdAt: project.createdAt.toISOString(),
    changedAt: project.changedAt.toISOString(),
    file: project.file,
    problems: await studio.projects.gaps(project.file, records),
  });
  api.add(
    {
      method: 'get',
      path: '/api/v1/projects',
      tags,
      summary: 'Projects, the one changed last first',
      responses: {
        200: json(z.object({ items: z.array(projectSchema) }).openapi('ProjectList'), 'Projects'),
        ...problems,
      },
    },
    async (c) => {
      const records = new RecordLook();
      const items = await Promise.all((await studio.projects.list()).map((project) => view(project, records)));
      return c.json({ items }, 200);
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/projects',
      tags,
      summary: 'Begin a project, or import one: the content of a project file',
      request: body(file),
      responses: { 201: json(projectSchema, 'The project'), ...problems },
    },
    async (c) => {
      const project = await studio.projects.add(c.req.valid('json'), userOf(c).id);
      await studio.decisions.add(userOf(c), 'projects.add', project.id);
      return c.json(await view(project), 201);
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/projects/{id}',
      tags,
      summary: 'One project',
      request: { params: idParam },
      responses: one,
    },
    async (c) => c.json(await view(await studio.projects.need(c.req.valid('param').id)), 200),
  );
  api.add(
    {
      method: 'put',
      path: '/api/v1/projects/{id}',
      tags,
      summary: 'Replace the whole of a project',
      description: MATCH,
      request: { params: idParam, ...body(file), headers: ifMatch },
      responses: one,
    },
    async (c) => {
      const { id } = await own(c, studio, c.req.valid('param').id);
      return c.json(await view(await studio.projects.put(id, c.req.valid('json'), sinceOf(c))), 200);
    },
  );
  api.add(
    {
      method: 'patch',
      path: '/api/v1/projects/{id}',
      tags,
      summary: 'Give a project another name',
      description: MATCH,
      request: {
        params: idParam,
        ...body(z.strictObject({ name: nameSchema }).openapi('RenameProject')),
        headers: ifMatch,
      },
      responses: one,
    },
    async (c) => {
      const { id } = await own(c, studio, c.req.valid('param').id);
      return c.json(await view(await studio.projects.rename(id, c.req.valid('json').name, sinceOf(c))), 200);
    },
  );
  api.add(
    {
      method: 'delete',
      path: '/api/v1/projects/{id}',
      tags,
      summary: 'Forget a project; its files and jobs stay',
      request: { params: idParam },
      responses: { 204: { description: 'Forgotten' }, ...problems },
    },
    async (c) => {
      const { id } = await own(c, studio, c.req.valid('param').id);
      await studio.projects.remove(id);
      await studio.decisions.add(userOf(c), 'projects.delete', id);
      return c.body(null, 204);
    },
  );
  api.addRaw(
    {
      method: 'get',
      path: '/api/v1/projects/{id}/file',
      tags,
      summary: 'The project as a file; the same project gives the same bytes',
      request: { params: idParam },
      responses: { 200: { description: 'JSON', content: { 'application/json': { schema: file } } }, ...problems },
    },
    async (c) => {
      const project = await studio.projects.need(c.req.param('id') ?? '');
      return new Response(writeProjectFile(project.file), {
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'content-disposition': dispositionOf(`${project.file.name}.project.json`),
        },
      });
    },
  );
}
