namespace RealWorker;

internal sealed class Counter
{
    public int Value;
}

internal sealed class Worker(ILogger<Worker> logger, Counter counter, IConfiguration configuration, IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        int rounds = configuration.GetValue("Rounds", 3);
        while (!stoppingToken.IsCancellationRequested && counter.Value < rounds)
        {
            counter.Value++;
            if (logger.IsEnabled(LogLevel.Information))
            {
                logger.LogInformation("Worker running round {Round} as {Name}", counter.Value, configuration["Name"] ?? "nobody");
            }

            await Task.Delay(20, stoppingToken);
        }

        lifetime.StopApplication();
    }
}
