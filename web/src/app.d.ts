declare namespace App {
  /** What an error page is told. */
  interface Error {
    message: string;
    /** The page could not be fetched because the studio did not answer. */
    offline?: true;
  }
}

/** The address of a file that the build puts beside the pages. */
declare module '*?url' {
  const address: string;
  export default address;
}
