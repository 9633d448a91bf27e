Console.WriteLine(Environment.GetEnvironmentVariables().Count >= 0); Console.WriteLine(Environment.ProcessorCount + Environment.OSVersion.VersionString.Length + (GC.GetTotalMemory(true) > 0 ? 1 : 0));
Console.WriteLine(System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription + AppContext.BaseDirectory.Length + Assembly.GetExecutingAssembly().GetName().Name);
GC.Collect(); GC.WaitForPendingFinalizers(); var t = new System.Runtime.CompilerServices.ConditionalWeakTable<object, string>(); t.Add(new object(), "x"); Console.WriteLine(GCSettings());
Console.CancelKeyPress += (_, e) => e.Cancel = true; Console.Error.WriteLine("e"); Console.WriteLine(Console.In.ReadLine()); Environment.ExitCode = 3;
static string GCSettings() => System.Runtime.GCSettings.LatencyMode.ToString();
