// How a program begins and ends: arguments, environment, exit codes, and every way to die. One case per run, chosen by the
// first argument, because most of them end the process.

using System.Collections;
using System.Runtime.CompilerServices;

namespace Unikernel.Guest;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        string mode = args.Length == 0 ? "none" : args[0];
        switch (mode)
        {
            case "none":
                Console.WriteLine("no arguments");
                return 0;
            case "args":
                for (int i = 0; i < args.Length; i++)
                {
                    Console.WriteLine($"{i}: [{args[i]}]");
                }

                Console.WriteLine($"command line has {Environment.GetCommandLineArgs().Length - 1} arguments");
                return 0;
            case "env":
                foreach (string name in args.Skip(1))
                {
                    Console.WriteLine($"{name}={Environment.GetEnvironmentVariable(name) ?? "(not set)"}");
                }

                return 0;
            case "env-set":
                return EnvironmentCanBeChanged();
            case "return":
                return int.Parse(args[1]);
            case "exit":
                Environment.Exit(int.Parse(args[1]));
                break;
            case "exit-code-property":
                Environment.ExitCode = int.Parse(args[1]);
                return int.Parse(args[2]);
            case "exit-from-thread":
                new Thread(() => Environment.Exit(int.Parse(args[1]))).Start();
                Thread.Sleep(Timeout.Infinite);
                break;
            case "exit-from-finally":
                return Endings.ExitFromFinally();
            case "exit-runs-no-finally":
                try
                {
                    Environment.Exit(11);
                }
                finally
                {
                    Console.WriteLine("must not be printed");
                }

                break;
            case "process-exit-event":
                AppDomain.CurrentDomain.ProcessExit += (_, _) => Console.WriteLine("ProcessExit handler 1");
                AppDomain.CurrentDomain.ProcessExit += (_, _) => Console.WriteLine("ProcessExit handler 2");
                Console.WriteLine("leaving Main");
                return 12;
            case "process-exit-event-on-exit":
                AppDomain.CurrentDomain.ProcessExit += (_, _) => Console.WriteLine("ProcessExit handler");
                Environment.Exit(13);
                break;
            case "foreground":
                new Thread(() =>
                {
                    Thread.Sleep(150);
                    Console.WriteLine("foreground thread finished after Main");
                }).Start();
                Console.WriteLine("Main returns");
                return 14;
            case "background":
                new Thread(() => Thread.Sleep(Timeout.Infinite)) { IsBackground = true }.Start();
                Console.WriteLine("Main returns");
                return 15;
            case "async-main":
                await Task.Delay(20);
                await Task.Yield();
                Console.WriteLine("after two awaits");
                return 16;
            case "large-stack-argument":
                return Endings.DeepButFinite(5_000) == 5_000 ? 17 : 1;
            case "idle":
                Console.WriteLine("sleeping");
                Thread.Sleep(Timeout.Infinite);
                break;
            case "no-output":
                return 18;
            case "unhandled":
                Endings.ThrowThrough(3);
                break;
            case "unhandled-inner":
                Endings.ThrowWithInner();
                break;
            case "unhandled-custom":
                throw new Endings.CustomException(42);
            case "unhandled-aggregate":
                Task.WhenAll(Task.Run(() => throw new FormatException("first")), Task.Run(() => { })).Wait();
                break;
            case "unhandled-async":
                await Endings.ThrowAfterAwait();
                break;
            case "unhandled-generic":
                Endings.Generic<string>.Fail(["a"]);
                break;
            case "unhandled-static-constructor":
                Console.WriteLine(Endings.BadType.Value);
                break;
            case "unhandled-null-reference":
                Console.WriteLine(Endings.Dereference(null));
                break;
            case "unhandled-divide":
                Console.WriteLine(Endings.Divide(1, args.Length - 1));
                break;
            case "unhandled-thread":
                Thread thread = new(Endings.ThreadBody);
                thread.Start();
                thread.Join();
                break;
            case "unhandled-pool":
                ThreadPool.QueueUserWorkItem(_ => throw new InvalidOperationException("in the pool"));
                Thread.Sleep(Timeout.Infinite);
                break;
            case "unhandled-event":
                AppDomain.CurrentDomain.UnhandledException += (_, e) =>
                    Console.WriteLine($"handler: {((Exception)e.ExceptionObject).Message}, terminating {e.IsTerminating}");
                throw new InvalidOperationException("seen by the handler first");
            case "unhandled-in-filter-order":
                Endings.FilterRunsBeforeFinally();
                break;
            case "failfast":
                Environment.FailFast("deliberate");
                break;
            case "failfast-exception":
                Environment.FailFast("deliberate", new InvalidOperationException("the reason"));
                break;
            case "stack-overflow":
                Console.WriteLine("before");
                return Endings.Recurse(1);
            case "stack-overflow-thread":
                Console.WriteLine("before");
                Thread deep = new(() => Endings.Recurse(1), 128 * 1024);
                deep.Start();
                deep.Join();
                break;
            default:
                Console.WriteLine($"unknown mode {mode}");
                return 99;
        }

        Console.WriteLine("must not be reached");
        return 98;
    }

    private static int EnvironmentCanBeChanged()
    {
        Environment.SetEnvironmentVariable("UNIKERNEL_TEST_NAME", "set in the program");
        Console.WriteLine(Environment.GetEnvironmentVariable("UNIKERNEL_TEST_NAME"));
        bool listed = false;
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            listed |= entry.Key is "UNIKERNEL_TEST_NAME";
        }

        Console.WriteLine($"listed: {listed}");
        Console.WriteLine(Environment.ExpandEnvironmentVariables("<%UNIKERNEL_TEST_NAME%> <%UNIKERNEL_TEST_ABSENT%>"));
        Environment.SetEnvironmentVariable("UNIKERNEL_TEST_NAME", null);
        Console.WriteLine(Environment.GetEnvironmentVariable("UNIKERNEL_TEST_NAME") ?? "(removed)");
        return 0;
    }
}
