/**
 * Entry of the process that makes an embedded database. Making one takes three times the memory of working with it, and
 * memory that WebAssembly has taken is never given back: so it is taken by somebody else.
 */
import { PGlite } from '@electric-sql/pglite';
import { DatabaseKeeper } from './keeper.js';

const [folder = ''] = process.argv.slice(2);
const db = await PGlite.create(folder);
await new DatabaseKeeper(db, folder).spare();
await db.close();
