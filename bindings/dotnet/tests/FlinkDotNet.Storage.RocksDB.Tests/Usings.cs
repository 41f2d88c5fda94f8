global using Xunit;

using Xunit.Sdk;
using Xunit.v3;

// Tests compare the live-object counters of the process, which a test beside them would disturb.
[assembly: Parallelization(Mode = ParallelMode.None)]
