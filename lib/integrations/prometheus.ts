// The subpath express-file-content/prometheus.
export { type PrometheusLabel, type PrometheusMetricsOptions, prometheusMetrics } from './prometheus-metrics';
