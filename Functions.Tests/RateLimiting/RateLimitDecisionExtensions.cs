using Functions.Redis.RateLimiting;

namespace Functions.Tests.RateLimiting;

internal static class RateLimitDecisionExtensions
{
    extension(RateLimitDecision decision)
    {
        /// <summary>When it was decided: Redis' time, in whole milliseconds.</summary>
        public DateTimeOffset At => decision.ResetAt - decision.ResetAfter;
    }
}
