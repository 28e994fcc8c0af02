/** What `--help` prints. */
export const HELP = `Usage: express-file-content [options]

Starts a gateway that serves GET /v1/files/{file_id}/content, to try the package with curl or an SDK. Without
OPENAI_API_KEY it serves one file of a provider that runs in the same process; with it, your files at OpenAI.

Options:
  -p, --port <number>   The port. 0 takes any free one. Defaults to PORT, or to 3000.
      --host <address>  The address to listen on. Defaults to 127.0.0.1, which only this machine can reach.
  -h, --help            Prints this text.
  -v, --version         Prints the version.

Environment:
  PORT             The port, if --port is not given.
  OPENAI_API_KEY   The key with which files are requested from OpenAI. Clients of the gateway need none.
  OPENAI_BASE_URL  The base URL of the API. Defaults to https://api.openai.com/v1.
  OPENAI_FILE_ID   The id of the file in the command that is printed.

Output:
  Each download is one line of JSON: on standard output, or on standard error if it failed.

Signals:
  Ctrl+C and SIGTERM let downloads in flight continue for up to 10 seconds. A second one cuts them off. Every download
  has its line before the process ends.

Exit status:
  0 after --help and --version, 1 if the gateway cannot start, 2 for a wrong argument, 130 after Ctrl+C, 143 after
  SIGTERM.
`;
