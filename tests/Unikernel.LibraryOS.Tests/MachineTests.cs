using System.Runtime.InteropServices;
using System.Text;
using Xunit;

namespace Unikernel.LibraryOS.Tests;

public unsafe class MachineTests
{
    [Theory]
    [InlineData("PATH", "/bin")]
    [InlineData("HOME", "/root")]
    [InlineData("EMPTY", "")]
    [InlineData("PATHOLOGY", "1")]
    [InlineData("PAT", null)]
    [InlineData("", null)]
    [InlineData("HOME=", null)]
    public void Environment_variables_are_found_by_their_whole_name(string name, string? value)
    {
        fixed (byte* p = Encoding.UTF8.GetBytes(name + "\0"))
            Assert.Equal(value, Marshal.PtrToStringUTF8(EnvironmentEntryPoints.GetEnv(p)));
    }

    [Fact]
    public void The_program_is_in_the_directory_of_the_image_files()
    {
        byte* path = EnvironmentEntryPoints.GetProcessPath();
        Assert.Equal("/app/Sample", Marshal.PtrToStringUTF8((nint)path));
        NativeMemory.Free(path);
    }

    [Fact]
    public void The_user_is_root_and_needs_room_for_it()
    {
        UserEntryPoints.Passwd entry;
        byte* buffer = stackalloc byte[64];
        Assert.Equal(Errno.ERANGE, UserEntryPoints.GetPwUidR(0, &entry, buffer, 10));
        Assert.Equal(0, UserEntryPoints.GetPwUidR(0, &entry, buffer, 64));
        Assert.Equal("root", Marshal.PtrToStringUTF8((nint)entry.Name));
        Assert.Equal("/root", Marshal.PtrToStringUTF8((nint)entry.HomeDirectory));
        Assert.Equal(-1, UserEntryPoints.GetPwUidR(1000, &entry, buffer, 64));
    }

    [Fact]
    public void The_host_name_comes_from_the_environment()
    {
        byte* name = stackalloc byte[32];
        Assert.Equal(0, MachineEntryPoints.GetHostName(name, 32));
        Assert.Equal("web1", Marshal.PtrToStringUTF8((nint)name));
        Assert.Equal(-1, MachineEntryPoints.GetHostName(name, 4));
        Assert.Equal(Errno.ENAMETOOLONG, Core.ErrorNumber);
    }

    [Fact]
    public void Utilization_is_the_share_of_the_time_since_the_last_call()
    {
        MachineEntryPoints.CpuInformation previous = default;
        Core.FrozenClock = true;
        try
        {
            (Core.Monotonic, Core.CpuTime) = (1_000, 100);
            Assert.Equal(0, MachineEntryPoints.GetCpuUtilization(&previous));
            (Core.Monotonic, Core.CpuTime) = (2_000, 350);
            Assert.Equal(25, MachineEntryPoints.GetCpuUtilization(&previous));
            Assert.Equal(0, MachineEntryPoints.GetCpuUtilization(&previous));
        }
        finally
        {
            Core.FrozenClock = false;
        }
    }

    [Fact]
    public void Clocks_have_the_units_of_the_framework()
    {
        Core.Realtime = 1_700_000_000_123_456_789;
        Assert.Equal(17_000_000_001_234_567, ClockEntryPoints.GetSystemTimeAsTicks());
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(-2, 2)]
    [InlineData(-4, 15)]
    [InlineData(-10, 20)]
    [InlineData(64, 64)]
    [InlineData(65, 0)]
    [InlineData(-11, 0)]
    [InlineData(0, 0)]
    public void Signals_have_the_numbers_of_Linux(int signal, int number) =>
        Assert.Equal(number, SignalEntryPoints.GetPlatformSignalNumber(signal));

    [Fact]
    public void A_signal_that_nobody_handles_ends_the_program()
    {
        Core.DefaultActions.Clear();
        SignalEntryPoints.Dispatch(15);
        SignalEntryPoints.Dispatch(28);
        Assert.Equal([15], Core.DefaultActions);
    }

    [Fact]
    public void A_handler_that_takes_the_signal_keeps_the_program_alive()
    {
        Core.DefaultActions.Clear();
        SignalEntryPoints.SetHandler(&Take);
        SignalEntryPoints.Enable(15);
        SignalEntryPoints.Dispatch(15);
        Assert.Equal((15, -4), s_taken);
        Assert.Empty(Core.DefaultActions);
        SignalEntryPoints.Disable(15);
        SignalEntryPoints.Dispatch(15);
        Assert.Equal([15], Core.DefaultActions);
    }

    private static (int, int) s_taken;

    [UnmanagedCallersOnly]
    private static int Take(int number, int signal)
    {
        s_taken = (number, signal);
        return 1;
    }
}
