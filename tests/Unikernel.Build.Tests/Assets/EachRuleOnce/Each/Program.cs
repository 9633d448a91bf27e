using System.Diagnostics;
using System.Globalization;
using System.Linq.Expressions;
using System.Net.Sockets;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Caching.Memory;

namespace Each;

internal static class Program
{
    [DllImport("sqlite3")]
    private static extern int sqlite3_open(nint name); // UKN1012

    private static async Task Main(string[] args)
    {
        Process.Start("ls"); // UKN1001
        File.WriteAllText("/tmp/a", "b"); // UKN1002
        Console.WriteLine(TimeZoneInfo.Local); // UKN1003
        CultureInfo culture = new CultureInfo("de-DE"); // UKN1004
        Environment.Exit(3); // UKN1005
        Console.WriteLine(typeof(Program).Assembly.Location); // UKN1006
        Console.Clear(); // UKN1007
        Console.WriteLine(Environment.MachineName); // UKN1008
        Thread.CurrentThread.Priority = ThreadPriority.Highest; // UKN1009
        Console.WriteLine(Process.GetCurrentProcess().Id); // UKN1010
        Socket packet = new Socket(AddressFamily.Packet, SocketType.Raw, ProtocolType.Raw); // UKN1011
        sqlite3_open(0);
        object? structure = Marshal.PtrToStructure(0, typeof(int)); // UKN1013
        DynamicMethod method = new DynamicMethod("m", typeof(int), []); // UKN2301
        Assembly.LoadFrom("x.dll"); // UKN2302
        Type? type = Type.GetType(args[0]); // UKN2303
        Expression<Func<int>> expression = () => 1;
        expression.Compile(); // UKN2304
        Console.WriteLine(JsonSerializer.Serialize(args)); // UKN2305
        Microsoft.AspNetCore.Http.TypedResults.Ok(args); // UKN2306
        TcpListener listener = new TcpListener(System.Net.IPAddress.Any, 1);
        while (true)
        {
            TcpClient client = listener.AcceptTcpClient();
            new Thread(() => client.Close()).Start(); // UKN3001
            Task.Delay(1).Wait(); // UKN3002
            Channel<int> channel = Channel.CreateUnbounded<int>(); // UKN3003
            MemoryCache cache = new MemoryCache(new MemoryCacheOptions()); // UKN3004
            foreach (string arg in args)
            {
                _ = Task.Run(() => Console.WriteLine(arg)); // UKN3005
            }

            GC.Collect(); // UKN3006
            byte[] buffer = new byte[100_000]; // UKN3007
        }
    }
}
