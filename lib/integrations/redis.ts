// The subpath express-file-content/redis.
export type { IORedisClient, NodeRedisClient, NodeRedisScriptOptions, RedisClient } from './redis-client';
export { type RedisLimitsOptions, redisLimits } from './redis-limits';
