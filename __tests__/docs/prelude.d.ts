// What the documentation's examples may use without saying where it comes from.
declare const app: import('express').Express;
declare const resolveProvider: import('express-file-content').ProviderResolver;
declare function entraToken(): Promise<string>;
declare function readKey(): Promise<string>;
declare function readAWSCredentials(): Promise<import('express-file-content').AWSCredentials>;
type BatchUsage = import('express-file-content').BatchUsage;
