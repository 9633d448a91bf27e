namespace Unikernel.Diagnostics;

/// <summary>5000-5999: MSBuild SDK, scripts, tools and the runner.</summary>
public static class BuildRules
{
}
