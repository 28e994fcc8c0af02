// The subpath express-file-content/opentelemetry.
export { type OpenTelemetryAttribute, type OpenTelemetryOptions, openTelemetry } from './opentelemetry-adapter';
