namespace Functions.Tests.Worker;

/// <summary>A host of the whole application, whatever it is, for the tests of what must be the same on all of them.</summary>
public interface IContractHost : IAsyncLifetime
{
    /// <summary>Where it answers.</summary>
    Uri Address { get; }
}
