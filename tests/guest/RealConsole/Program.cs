// A small report generator: settings in YAML, data in CSV, output as Markdown, HTML and JSON, with structured logs and retries.

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using CsvHelper;
using CsvHelper.Configuration;
using Markdig;
using Microsoft.Extensions.Logging;
using Newtonsoft.Json.Linq;
using Polly;
using Polly.Retry;
using Serilog;
using YamlDotNet.RepresentationModel;

const string Settings = """
    title: Quarterly sales
    currency: CZK
    regions:
      - name: North
        target: 1000
      - name: South
        target: 700.5
    options: { rounding: 2, notes: ["first draft", "žluťoučký"] }
    """;

const string Data = """"
    region;product;amount;date
    North;"Widget, large";120.50;2024-01-15
    South;Gadget;80;2024-02-20
    North;Gadget;950.25;2024-02-29
    South;"Say ""hi""";615.75;2024-03-31
    """";

// Settings.
YamlStream yaml = [];
yaml.Load(new StringReader(Settings));
YamlMappingNode root = (YamlMappingNode)yaml.Documents[0].RootNode;
string title = ((YamlScalarNode)root["title"]).Value!;
Dictionary<string, decimal> targets = ((YamlSequenceNode)root["regions"])
    .Cast<YamlMappingNode>()
    .ToDictionary(r => r["name"].ToString(), r => decimal.Parse(r["target"].ToString(), CultureInfo.InvariantCulture));
Console.WriteLine($"{title}: {targets.Count} regions, {((YamlSequenceNode)root["options"]["notes"]).Children.Count} notes");

// Data.
List<Sale> sales = [];
using (CsvReader csv = new(new StringReader(Data), new CsvConfiguration(CultureInfo.InvariantCulture) { Delimiter = ";" }))
{
    csv.Read();
    csv.ReadHeader();
    while (csv.Read())
    {
        sales.Add(new Sale(
            csv.GetField("region")!,
            csv.GetField("product")!,
            decimal.Parse(csv.GetField("amount")!, CultureInfo.InvariantCulture),
            DateOnly.Parse(csv.GetField("date")!, CultureInfo.InvariantCulture)));
    }
}

// Structured logs in two libraries.
using Serilog.Core.Logger log = new LoggerConfiguration()
    .MinimumLevel.Debug()
    .Enrich.WithProperty("App", "report")
    .WriteTo.Console(outputTemplate: "[{Level:u3}] {App} {Message:lj}{NewLine}{Exception}", formatProvider: CultureInfo.InvariantCulture)
    .CreateLogger();
log.Information("Read {Count} sales for {@Total}", sales.Count, new { Sum = sales.Sum(s => s.Amount) });
foreach (IGrouping<string, Sale> region in sales.GroupBy(s => s.Region))
{
    decimal sum = region.Sum(s => s.Amount);
    if (sum < targets[region.Key])
    {
        log.Warning("{Region} is {Missing:0.00} below its target", region.Key, targets[region.Key] - sum);
    }
    else
    {
        log.Debug("{Region} reached its target with {Sum}", region.Key, sum);
    }
}

using (ILoggerFactory factory = LoggerFactory.Create(b => b.AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Debug)))
{
    Microsoft.Extensions.Logging.ILogger logger = factory.CreateLogger("Report");
    using (logger.BeginScope("scope"))
    {
        logger.LogInformation("{Count} regions", targets.Count);
    }
}

// Retries: fails twice, then works; and one that gives up.
int attempts = 0;
ResiliencePipeline<string> pipeline = new ResiliencePipelineBuilder<string>()
    .AddRetry(new RetryStrategyOptions<string>
    {
        MaxRetryAttempts = 3,
        Delay = TimeSpan.FromMilliseconds(5),
        BackoffType = DelayBackoffType.Exponential,
        OnRetry = a =>
        {
            Console.WriteLine($"retry {a.AttemptNumber} after {a.Outcome.Exception?.Message}");
            return default;
        },
    })
    .AddTimeout(TimeSpan.FromSeconds(10))
    .Build();
string answer = await pipeline.ExecuteAsync(async token =>
{
    await Task.Delay(1, token);
    return ++attempts < 3 ? throw new IOException($"attempt {attempts}") : $"done in {attempts} attempts";
});
Console.WriteLine(answer);
try
{
    await pipeline.ExecuteAsync<string>(_ => throw new InvalidOperationException("never works"));
}
catch (InvalidOperationException e)
{
    log.Error(e.GetBaseException().Message);
}

// The report.
string markdown = $"""
    # {title}

    | Region | Product | Amount | Date |
    |:-------|:--------|-------:|------|
    {string.Join('\n', sales.OrderBy(s => s.Date).Select(s => FormattableString.Invariant($"| {s.Region} | {s.Product} | {s.Amount:N2} | {s.Date:yyyy-MM-dd} |")))}

    - [x] *emphasis*, **strong**, `code`, <https://example.org/>
    - [ ] footnote[^1]

    [^1]: Amounts in {root["currency"]}.
    """;
Console.WriteLine(Markdown.ToHtml(markdown, new MarkdownPipelineBuilder().UseAdvancedExtensions().Build()));
Console.WriteLine(Markdown.ToPlainText("*a* [b](c) `d`").Trim());

JObject byHand = new(
    new JProperty("title", title),
    new JProperty("sales", new JArray(sales.Select(s => new JObject { ["product"] = s.Product, ["amount"] = s.Amount, ["date"] = s.Date.ToString("O", CultureInfo.InvariantCulture) }))));
byHand["sales"]![0]!["amount"] = 121;
Console.WriteLine(byHand.ToString(Newtonsoft.Json.Formatting.None));
Console.WriteLine(byHand.SelectTokens("$.sales[?(@.amount > 100)].product").Count());
JObject parsed = JObject.Parse("""{ "a": [1, 2.5, null, "x"], /* comment */ "b": { "c": "2024-01-01T00:00:00Z" } }""");
Console.WriteLine($"{parsed["a"]!.Sum(t => t.Type is JTokenType.Integer ? (int)t : 0)} {parsed["b"]!["c"]!.Type}");

string json = JsonSerializer.Serialize(new Report(title, sales), ReportContext.Default.Report);
Console.WriteLine(json);
Console.WriteLine(JsonSerializer.Deserialize(json, ReportContext.Default.Report)!.Sales.Count);
using (CsvWriter writer = new(Console.Out, CultureInfo.InvariantCulture, leaveOpen: true))
{
    foreach (Sale sale in sales)
    {
        writer.WriteField(sale.Product);
        writer.WriteField(sale.Amount.ToString(CultureInfo.InvariantCulture));
        writer.NextRecord();
    }
}

return sales.Count;

internal sealed record Sale(string Region, string Product, decimal Amount, DateOnly Date);

internal sealed record Report(string Title, List<Sale> Sales);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Report))]
internal sealed partial class ReportContext : JsonSerializerContext;
