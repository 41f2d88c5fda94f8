using FlinkDotNet.Core.Abstractions.Context;

namespace FlinkDotNet.Core.Abstractions.Operators;

/// <summary>An operator that wants to know when it begins and ends.</summary>
public interface IOperatorLifecycle
{
    /// <summary>Called once before the first record.</summary>
    /// <param name="context">What the subtask knows about itself.</param>
    void Open(IRuntimeContext context);

    /// <summary>Called once after the last record.</summary>
    void Close();
}
