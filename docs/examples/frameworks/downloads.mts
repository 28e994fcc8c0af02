// What each example of this folder is given.
import type { FileContent, Provider } from 'express-file-content';

export interface Downloads {
  /** Made once for the application, by `createFileContent({ … })`. */
  readonly files: FileContent;
  /** Who holds the files. Made once as well. */
  readonly provider: Provider;
}
