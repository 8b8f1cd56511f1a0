namespace Functions.Events;

/// <summary>A user who has an event stream open.</summary>
public sealed record OnlineUser(int UserId, DateTimeOffset Since);
