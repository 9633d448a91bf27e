// sdk: Microsoft.NET.Sdk.Web
using System.ComponentModel; using System.Diagnostics.CodeAnalysis; using Microsoft.Extensions.Configuration; using Microsoft.Extensions.DependencyInjection; using Microsoft.Extensions.Options;
IConfiguration configuration = new ConfigurationBuilder()
    .AddInMemoryCollection(new Dictionary<string, string?> { ["Server:Name"] = "a", ["Server:Ports:0"] = "80", ["Server:Ports:1"] = "443", ["Server:Level"] = "High", ["Server:Limits:Wait"] = "00:00:05" })
    .AddJsonStream(new MemoryStream("{\"Server\":{\"Limits\":{\"Bytes\":1024}},\"List\":[{\"Id\":1},{\"Id\":2}]}"u8.ToArray())).AddEnvironmentVariables("NONE_").Build();
var server = new Server(); Bind(configuration.GetSection("Server"), server);
Console.WriteLine($"{server.Name} {string.Join(",", server.Ports)} {server.Level} {server.Limits.Wait} {server.Limits.Bytes}");
Console.WriteLine(configuration.GetValue("Server:Ports:1", 0) + configuration.GetSection("List").GetChildren().Sum(c => int.Parse(c["Id"]!)));
var services = new ServiceCollection(); services.Configure<Limits>(configuration.GetSection("Server:Limits")); services.PostConfigure<Limits>(l => l.Bytes++);
Console.WriteLine(services.BuildServiceProvider().GetRequiredService<IOptionsMonitor<Limits>>().CurrentValue.Bytes);
static void Bind<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] T>(IConfiguration section, T target) => section.Bind(target);
enum Level { Low, High }
class Server { public string Name { get; set; } = ""; public List<int> Ports { get; set; } = []; public Level Level { get; set; } public Limits Limits { get; set; } = new(); }
class Limits { public TimeSpan Wait { get; set; } [DefaultValue(1)] public long Bytes { get; set; } }
