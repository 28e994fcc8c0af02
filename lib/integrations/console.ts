// The subpath express-file-content/console.
export { type TransferConsoleOptions, transferConsole } from './transfer-console/transfer-console';
