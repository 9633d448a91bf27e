using Unikernel.Diagnostics;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Reporting;

namespace Unikernel.Linker;

/// <summary>The command. Data goes to standard output, diagnostics to standard error; 0 done, 1 errors, 2 wrong usage.</summary>
public static class Program
{
    private const int Done = 0;
    private const int Failed = 1;
    private const int WrongUsage = 2;

    // Cecil reads nested signatures by recursion, and damaged metadata can nest them as deep as a file is long. Only what is used of
    // a stack is ever committed.
    private const int StackSize = 256 * 1024 * 1024;

    public static int Main(string[] args)
    {
        int exitCode = Failed;
        Heap.Reserve();
        var thread = new Thread(() => exitCode = Run(args), StackSize);
        thread.Start();
        thread.Join();
        return exitCode;
    }

    private static int Run(string[] args)
    {
        if (args is [] or ["--help"] or ["-h"])
        {
            Console.WriteLine(LinkerOptions.Usage);
            return args is [] ? WrongUsage : Done;
        }

        LinkerOptions options;
        try
        {
            options = LinkerOptions.Parse(args);
        }
        catch (UsageException e)
        {
            Console.Error.WriteLine($"Unikernel.Linker: error UKN2198: {e.Message}");
            Console.Error.WriteLine(LinkerOptions.Usage);
            return WrongUsage;
        }

        var log = MessageLog.For(options);
        try
        {
            using var session = new LinkSession(options, log);
            session.Run();
        }
        catch (LinkerException e)
        {
            log.Report(e.Rule, null, e.Arguments);
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            log.Report(LinkingRules.InputMissing, null, (e as FileNotFoundException)?.FileName ?? e.Message);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            log.Report(LinkingRules.InternalError, null, LinkSession.Stage, e);
        }

        foreach (Message message in log.Sorted())
            Console.Error.WriteLine(message);
        return log.HasErrors ? Failed : Done;
    }
}
