// sdk: Microsoft.NET.Sdk.Web
using System.Net.Http; using System.Net.Http.Json; using System.Text.Json.Serialization; using Microsoft.AspNetCore.Builder; using Microsoft.AspNetCore.Routing; using Microsoft.AspNetCore.Http; using Microsoft.AspNetCore.Hosting; using Microsoft.Extensions.DependencyInjection; using Microsoft.Extensions.Logging;
WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args); builder.Logging.SetMinimumLevel(LogLevel.Error); builder.WebHost.UseUrls("http://127.0.0.1:8088");
builder.Services.ConfigureHttpJsonOptions(o => o.SerializerOptions.TypeInfoResolverChain.Insert(0, Json.Default)); builder.Services.AddSingleton<Store>();
await using WebApplication app = builder.Build(); RouteGroupBuilder todos = app.MapGroup("/todos");
todos.MapGet("/", (Store s) => s.All); todos.MapGet("/{id}", (int id, Store s) => s.All.FirstOrDefault(t => t.Id == id) is { } t ? Results.Ok(t) : Results.NotFound()); todos.MapPost("/", (Todo t, Store s) => { s.All.Add(t); return Results.Created($"/todos/{t.Id}", t); });
app.Use(async (c, next) => { c.Response.Headers["X-Seen"] = "yes"; await next(c); }); await app.StartAsync();
using var client = new HttpClient { BaseAddress = new Uri("http://127.0.0.1:8088") };
Console.WriteLine(await client.GetStringAsync("/todos")); HttpResponseMessage made = await client.PostAsJsonAsync("/todos", new Todo(9, "late"), Json.Default.Todo); Console.WriteLine($"{(int)made.StatusCode} {made.Headers.Location} {made.Headers.GetValues("X-Seen").Single()}");
Console.WriteLine(await client.GetStringAsync("/todos/9") + (int)(await client.GetAsync("/todos/77")).StatusCode + (int)(await client.GetAsync("/none")).StatusCode); await app.StopAsync();
record Todo(int Id, string Title); class Store { public List<Todo> All { get; } = [new(1, "one")]; }
[JsonSerializable(typeof(Todo))] [JsonSerializable(typeof(List<Todo>))] partial class Json : JsonSerializerContext;
