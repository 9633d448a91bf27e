using Unikernel.Run;

namespace Unikernel.Build.Tests.Support;

/// <summary>Boots images by the packed runner.</summary>
public static class Machine
{
    public static string Runner => Path.Combine(Repository.Package, "tools", "run", "Unikernel.Run.dll");

    public static Outcome Boot(string image, params string[] more) => BootWithInput(image, "", more);

    public static Outcome BootWithInput(string image, string input, params string[] more) =>
        Command.Run(Path.GetTempPath(), "dotnet", ["exec", Runner, "--image", image, "--accelerator", "tcg", .. more], input, []);
}
