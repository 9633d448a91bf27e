using Unikernel.Run;

namespace Unikernel.Build.Tests;

public class RunOptionsTests
{
    [Fact]
    public void ArgumentsGoBehindTheSeparatorQuoted()
    {
        RunOptions options = RunOptions.Parse(["--image", "a.elf", "--command-line", "A=1 B='x y'", "--", "one", "two words", "--image", "@none"]);
        Assert.Equal("A=1 B='x y' -- one 'two words' --image @none", options.GuestCommandLine());
    }

    [Fact]
    public void WithoutArgumentsTheImagesOwnStay() => Assert.Equal("", RunOptions.Parse(["--image", "a.elf", "--"]).GuestCommandLine());

    [Fact]
    public void ResponseFileHasOneArgumentPerLine()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(file, ["--image", "/a dir/x.elf", "--qemu-arguments", "-name 'my vm'", "--qemu-arguments", "-rtc base=utc"]);
            RunOptions options = RunOptions.Parse(["@" + file, "--", "x"]);
            Assert.Equal("/a dir/x.elf", options.Image);
            Assert.Equal(["-name", "my vm", "-rtc", "base=utc"], options.QemuArguments);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("--image is missing")]
    [InlineData("--machine is q35 or microvm", "--image", "a", "--machine", "vax")]
    [InlineData("--cpus is a number", "--image", "a", "--cpus", "none")]
    [InlineData("--debug-port is a number", "--image", "a", "--debug-port", "70000")]
    [InlineData("a port is HOST:GUEST", "--image", "a", "--port", "80")]
    [InlineData("a port is HOST:GUEST", "--image", "a", "--port", "8080:70000")]
    [InlineData("--network is user or none", "--image", "a", "--network", "tap")]
    [InlineData("needs a value", "--image")]
    [InlineData("unknown argument '-x'", "--image", "a", "-x")]
    [InlineData("not closed", "--image", "a", "--qemu-arguments", "'a")]
    public void WrongArgumentsAreNamed(string expected, params string[] arguments) =>
        Assert.Contains(expected, Assert.ThrowsAny<FormatException>(() => RunOptions.Parse(arguments)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("q35", "virtio-net-pci,netdev=net0,romfile=")]
    [InlineData("microvm", "virtio-net-device,netdev=net0")]
    public void PortsOfTheHostLeadToTheGuest(string machine, string device)
    {
        RunOptions options = RunOptions.Parse(["--image", "a.elf", "--machine", machine, "--port", "8080:80", "--port", "0.0.0.0:5353:53/udp"]);
        List<string> arguments = QemuCommand.Arguments(options, "/tmp/a", "/tmp/m", kvm: false);
        Assert.Contains("user,id=net0,hostfwd=tcp:127.0.0.1:8080-:80,hostfwd=udp:0.0.0.0:5353-:53", arguments);
        Assert.Contains(device, arguments);
    }

    [Fact]
    public void TheMachineHasNothingThatNobodyAskedFor()
    {
        List<string> arguments = QemuCommand.Arguments(RunOptions.Parse(["--image", "a.elf", "--machine", "microvm", "--memory", "64M", "--network", "none"]), "/tmp/a,b", "/tmp/m", kvm: false);
        Assert.Contains("-nodefaults", arguments);
        Assert.Equal("microvm", arguments[arguments.IndexOf("-machine") + 1]);
        Assert.Equal("64M", arguments[arguments.IndexOf("-m") + 1]);
        Assert.Contains("file,id=exit,path=/tmp/a,,b", arguments);
        Assert.DoesNotContain("-append", arguments);
        Assert.DoesNotContain("-S", arguments);
        Assert.DoesNotContain("-netdev", arguments);
    }
}
