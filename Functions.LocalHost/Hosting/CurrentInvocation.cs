using Microsoft.Azure.Functions.Worker;

namespace Functions.LocalHost.Hosting;

/// <summary>Carries the context of the invocation that a scope belongs to, so that the framework can bind it as a parameter.</summary>
internal sealed class CurrentInvocation
{
    public FunctionContext? Context { get; set; }
}
