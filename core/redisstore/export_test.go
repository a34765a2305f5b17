package redisstore

// OlderThan62 exposes the comparison of versions.
var OlderThan62 = olderThan62
