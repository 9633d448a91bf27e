// What a unikernel does not offer, or not yet: each is refused with an exception of the documented kind, never with a crash or
// a hang, and the program goes on. The harness states which exception each case may throw.

using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using System.IO.Pipes;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

Try("file read absent", () => File.ReadAllText("/no/such/file"));
Try("file read absent in root", () => File.ReadAllBytes("/no-such-file"));
Try("file create in an absent directory", () => File.WriteAllText("/no/such/directory/file", "x"));
Try("directory absent", () => Directory.GetFiles("/no/such/directory"));
Try("directory create under an absent one", () => File.Create("/no/such/directory/file").Dispose());
Try("process start", () => Process.Start("/bin/true").WaitForExit());
Try("process list", () => _ = Process.GetProcesses().Length);
Try("assembly name of a file", () => System.Reflection.AssemblyName.GetAssemblyName(WriteTemporary()));
Try("memory-mapped file", () => MemoryMappedFile.CreateFromFile(WriteTemporary()).CreateViewAccessor().Dispose());
Try("memory-mapped absent file", () => MemoryMappedFile.CreateFromFile("/no/such/file").Dispose());
Try("named pipe server", () => new NamedPipeServerStream("unikernel").Dispose());
Try("socket", () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp).Dispose());
Try("tcp connect", () => new TcpClient().Connect(IPAddress.Loopback, 9));
Try("udp", () => new UdpClient(0).Dispose());
Try("resolve", () => Dns.GetHostAddresses("does-not-exist.invalid"));
Try("network interfaces", () => _ = NetworkInterface.GetAllNetworkInterfaces().Length);
Try("ping", () => new Ping().Send(IPAddress.Loopback, 100));
Try("sha256", () => SHA256.HashData([1, 2, 3]));
Try("hmac", () => HMACSHA256.HashData([1], [2]));
Try("aes", () => System.Security.Cryptography.Aes.Create().Dispose());
Try("aes-ccm", () => new AesCcm(new byte[16]).Dispose());
Try("ecdsa", () => ECDsa.Create(ECCurve.NamedCurves.nistP256).Dispose());
Try("rsa", () => RSA.Create(2048).ExportParameters(false));
Try("certificate", () => X509CertificateLoader.LoadCertificate([1, 2, 3]));
Try("console key", () => _ = Console.KeyAvailable);
Try("file watcher", () => new FileSystemWatcher("/no/such/directory").Dispose());
Try("drive list", () => _ = DriveInfo.GetDrives().Length);
Try("machine name", () => _ = Environment.MachineName);
Try("user name", () => _ = Environment.UserName);
Try("current directory", () => _ = Environment.CurrentDirectory);
Try("https", () =>
{
    using var listener = new TcpListener(IPAddress.Loopback, 0);
    listener.Start();
    using var client = new HttpClient();
    client.GetStringAsync($"https://{listener.LocalEndpoint}/").GetAwaiter().GetResult();
});
Try("process id", () => _ = Environment.ProcessId);
Try("os version", () => _ = Environment.OSVersion.VersionString);
Try("runtime information", () => _ = System.Runtime.InteropServices.RuntimeInformation.OSDescription);
Console.WriteLine("still running");
return 0;

static string WriteTemporary()
{
    string path = Path.GetTempFileName();
    File.WriteAllBytes(path, new byte[4096]);
    return path;
}

static void Try(string name, Action body)
{
    try
    {
        body();
        Console.WriteLine($"{name}: works");
    }
    catch (Exception e)
    {
        Exception cause = e;
        while (cause is TypeInitializationException { InnerException: { } inner })
        {
            cause = inner;
        }

        string nested = cause.InnerException is { } reason ? $" <- {reason.GetType().Name}" : "";
        Console.WriteLine($"{name}: {cause.GetType().Name}{nested}: {cause.Message.Split('\n')[0]}");
    }
}
