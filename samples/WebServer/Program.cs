// A static HTTP/1.1 server on sockets: the files of wwwroot, which are in the image.
using System.Net;
using WebServer;

if (!ushort.TryParse(Environment.GetEnvironmentVariable("HTTP_PORT") ?? "8080", out ushort port))
{
    Console.Error.WriteLine("HTTP_PORT is not a port");
    return 2;
}

Dictionary<string, StaticFile> files = StaticFile.Load(Path.Combine(AppContext.BaseDirectory, "wwwroot"));
new Server(new ResponseBuilder(files)).Run(new IPEndPoint(IPAddress.Any, port));
return 0;
