using System.Net; using System.Net.Sockets; using System.Net.Http;
var l = new TcpListener(IPAddress.Loopback, 0); l.Start(); int port = ((IPEndPoint)l.LocalEndpoint).Port;
var t = Task.Run(async () => { using var c = await l.AcceptTcpClientAsync(); var s = c.GetStream(); var buf = new byte[1000]; int n = await s.ReadAsync(buf); await s.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"u8.ToArray()); });
using var h = new HttpClient(); Console.WriteLine(await h.GetStringAsync($"http://127.0.0.1:{port}/")); await t;
File.WriteAllText(Path.Combine(Path.GetTempPath(), "x.txt"), "file"); Console.WriteLine(File.ReadAllText(Path.Combine(Path.GetTempPath(), "x.txt"))); var x = System.Xml.Linq.XDocument.Parse("<a><b c='1'/></a>"); Console.WriteLine(x); Console.WriteLine(System.Text.RegularExpressions.Regex.Replace("abc", "b+", "x")); Console.WriteLine(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData("a"u8)));
using var ms = new MemoryStream(); using (var gz = new System.IO.Compression.GZipStream(ms, System.IO.Compression.CompressionMode.Compress, true)) gz.Write(new byte[1000]); Console.WriteLine(ms.Length > 10);
