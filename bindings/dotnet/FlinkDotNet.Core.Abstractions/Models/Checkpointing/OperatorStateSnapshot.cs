namespace FlinkDotNet.Core.Abstractions.Models.Checkpointing;

/// <summary>Where an operator's snapshot lies, and how big it is.</summary>
public class OperatorStateSnapshot
{
    /// <summary>Initializes a new instance of the <see cref="OperatorStateSnapshot"/> class.</summary>
    /// <param name="stateHandle">Text of the snapshot's handle.</param>
    /// <param name="stateSize">Size of the snapshot in bytes.</param>
    public OperatorStateSnapshot(string stateHandle, long stateSize)
    {
        StateHandle = stateHandle;
        StateSize = stateSize;
    }

    /// <summary>Gets or sets the text of the snapshot's handle.</summary>
    public string StateHandle { get; set; }

    /// <summary>Gets or sets the size of the snapshot in bytes.</summary>
    public long StateSize { get; set; }

    /// <summary>Gets or sets further facts by name.</summary>
    public Dictionary<string, string>? Metadata { get; set; }
}
