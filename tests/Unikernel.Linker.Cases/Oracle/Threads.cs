object gate = new(); int n = 0; var threads = Enumerable.Range(0, 3).Select(_ => new Thread(() => { for (int i = 0; i < 100; i++) lock (gate) n++; })).ToList();
threads.ForEach(t => t.Start()); threads.ForEach(t => t.Join()); Console.WriteLine(n);
using var rw = new ReaderWriterLockSlim(); rw.EnterWriteLock(); rw.ExitWriteLock(); using var sem = new SemaphoreSlim(1); sem.Wait(); sem.Release();
var local = new ThreadLocal<int>(() => 7); var flow = new AsyncLocal<string> { Value = "f" }; Console.WriteLine(local.Value + flow.Value);
using var barrier = new Barrier(1); barrier.SignalAndWait(); Console.WriteLine(Monitor.TryEnter(gate)); using var e = new ManualResetEventSlim(); e.Set(); e.Wait();
