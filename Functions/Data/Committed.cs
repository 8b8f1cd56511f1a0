namespace Functions.Data;

/// <summary>What a request has made.</summary>
/// <param name="Id">Its id.</param>
/// <param name="At">When the request was first carried out.</param>
internal sealed record Committed(long Id, DateTimeOffset At);
