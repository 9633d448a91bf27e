using System.Threading.Channels;
var channel = Channel.CreateBounded<int>(2);
Task writer = Task.Run(async () => { for (int i = 0; i < 5; i++) await channel.Writer.WriteAsync(i); channel.Writer.Complete(); });
int sum = 0; await foreach (int i in channel.Reader.ReadAllAsync()) sum += i; await writer;
Console.WriteLine(sum + " " + (await Task.WhenAll(Enumerable.Range(0, 4).Select(async i => { await Task.Delay(1); return i; }))).Sum());
Parallel.For(0, 10, i => Interlocked.Add(ref sum, i)); Console.WriteLine(sum);
using var cts = new CancellationTokenSource(5); try { await Task.Delay(1000, cts.Token); } catch (OperationCanceledException e) { Console.WriteLine(e.GetType().Name); }
using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1)); await timer.WaitForNextTickAsync(); Console.WriteLine(Thread.CurrentThread.IsThreadPoolThread);
