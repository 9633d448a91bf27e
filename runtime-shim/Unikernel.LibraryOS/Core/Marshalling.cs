using System.Runtime.CompilerServices;

// Every P/Invoke to the core has blittable types only; without this ILC would emit a marshalling stub for each.
[assembly: DisableRuntimeMarshalling]
