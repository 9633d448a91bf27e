// sdk: Microsoft.NET.Sdk.Web
using Microsoft.Extensions.DependencyInjection; using Microsoft.Extensions.Logging;
var services = new ServiceCollection();
services.AddSingleton<IClock, Clock>().AddScoped<Session>().AddTransient(typeof(IStore<>), typeof(Store<>)).AddKeyedSingleton<IClock, Late>("late").AddSingleton<Func<string>>(p => () => p.GetRequiredService<IClock>().Now);
services.AddLogging(b => b.SetMinimumLevel(LogLevel.Warning).AddProvider(new Lines()));
await using ServiceProvider root = services.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true, ValidateOnBuild = true });
await using (AsyncServiceScope scope = root.CreateAsyncScope())
    Console.WriteLine(scope.ServiceProvider.GetRequiredService<Session>().Describe() + ReferenceEquals(scope.ServiceProvider.GetService<Session>(), scope.ServiceProvider.GetService<Session>()));
Console.WriteLine(root.GetRequiredKeyedService<IClock>("late").Now + root.GetRequiredService<Func<string>>()() + root.GetServices<IClock>().Count() + root.GetRequiredService<IStore<Version>>().Name);
Console.WriteLine(ActivatorUtilities.CreateInstance<Session>(root, "given").Describe());
try { root.GetRequiredService<Uri>(); } catch (InvalidOperationException e) { Console.WriteLine(e.Message); }
interface IClock { string Now { get; } }
class Clock : IClock { public string Now => "now"; }
class Late : IClock { public string Now => "later"; }
interface IStore<T> { string Name { get; } }
class Store<T>(ILogger<Store<T>> log) : IStore<T> { public string Name { get { log.LogWarning("asked {Type}", typeof(T)); return typeof(T).Name; } } }
class Session(IClock clock, IStore<string> store, string name = "none") : IAsyncDisposable { public string Describe() => clock.Now + store.Name + name; public ValueTask DisposeAsync() { Console.WriteLine("disposed"); return default; } }
class Lines : ILoggerProvider, ILogger { public ILogger CreateLogger(string c) => this; public void Dispose() { } public IDisposable? BeginScope<T>(T s) where T : notnull => null; public bool IsEnabled(LogLevel l) => true; public void Log<T>(LogLevel l, EventId i, T s, Exception? e, Func<T, Exception?, string> f) => Console.WriteLine(l + " " + f(s, e)); }
