using RealWorker;

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.ClearProviders().AddSimpleConsole(o => o.SingleLine = true);
builder.Services.AddSingleton<Counter>();
builder.Services.AddHostedService<Worker>();

var host = builder.Build();
var counter = host.Services.GetRequiredService<Counter>();
host.Run();
Console.WriteLine($"stopped after {counter.Value} rounds");
