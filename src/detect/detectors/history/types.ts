/** What reading a file's history gives. Types only. */

/** One thing that was read in a file, and where. */
export interface Trace {
  /** One plain sentence. */
  readonly claim: string;
  readonly facts: Readonly<Record<string, string | number>>;
  readonly limits?: readonly string[];
}

/** A named text inside a file. */
export interface Note {
  /** Where it stands: `PNG text chunk "parameters"`, `Exif Software`. */
  readonly where: string;
  readonly text: string;
}

/** Everything that the parser of one kind of file found. */
export interface FileNotes {
  readonly traces: readonly Trace[];
  readonly notes: readonly Note[];
  /** Exif as it lies in the file, from its byte order mark on. */
  readonly exif: Buffer | null;
  /** XMP packets. */
  readonly xmp: readonly string[];
}
