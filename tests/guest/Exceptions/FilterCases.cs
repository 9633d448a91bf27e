namespace Unikernel.Guest;

/// <summary>Exception filters: they run in the first pass, before any finally of the frames below.</summary>
internal static class FilterCases
{
    public static void Run()
    {
        Suite.Case("true", () => Filtered(_ => true));
        Suite.Case("false", () => Filtered(_ => false));
        Suite.Case("by message", () => Filtered(e => e.Message == "thrown"));
        Suite.Case("throwing filter counts as false", () => Filtered(_ => throw new FormatException("in the filter")));
        Suite.Case("order of two passes", TwoPasses);
        Suite.Case("several filters", () => string.Join(' ', Enumerable.Range(0, 5).Select(Several)));
        Suite.Case("filter sees locals", FilterSeesLocals);
        Suite.Case("filter in async", () => InAsync().Result);
        Suite.Case("filter with gc", () => Filtered(_ =>
        {
            GC.Collect();
            return true;
        }));
        Suite.Case("filter throws and catches inside", () => Filtered(_ => CatchesInside()));
        Suite.Case("filter over frames", () => FilterOverFrames(6));
        Suite.Case("generic filter", () => Generic<ArgumentException>() + " " + Generic<FormatException>());
        Suite.Case("null reference in a filtered body", NullInBody);
    }

    private static string Filtered(Func<Exception, bool> filter)
    {
        try
        {
            try
            {
                throw new InvalidOperationException("thrown");
            }
            catch (InvalidOperationException e) when (filter(e))
            {
                return "inner";
            }
        }
        catch (Exception e)
        {
            return $"outer {e.GetType().Name}";
        }
    }

    private static string TwoPasses()
    {
        string log = "";
        try
        {
            try
            {
                try
                {
                    throw new InvalidOperationException();
                }
                finally
                {
                    log += "finally1 ";
                }
            }
            catch (Exception) when (Note("filter1 ", false))
            {
            }
            finally
            {
                log += "finally2 ";
            }
        }
        catch (Exception) when (Note("filter2 ", true))
        {
            log += "handler";
        }

        return log;

        bool Note(string text, bool result)
        {
            log += text;
            return result;
        }
    }

    private static string Several(int n)
    {
        try
        {
            throw new ArgumentException(n.ToString());
        }
        catch (ArgumentException e) when (e.Message == "1")
        {
            return "one";
        }
        catch (ArgumentException e) when (e.Message == "2")
        {
            return "two";
        }
        catch (ArgumentException e) when (int.Parse(e.Message) % 2 == 0)
        {
            return "even";
        }
        catch (Exception)
        {
            return "other";
        }
    }

    private static string FilterSeesLocals()
    {
        int state = 0;
        try
        {
            state = 7;
            throw new InvalidOperationException();
        }
        catch (InvalidOperationException) when (state == 7)
        {
            return $"state {state}";
        }
    }

    private static async Task<string> InAsync()
    {
        try
        {
            await Task.Yield();
            throw new InvalidOperationException("async");
        }
        catch (InvalidOperationException e) when (e.Message.StartsWith('a'))
        {
            await Task.Yield();
            return e.Message;
        }
    }

    private static bool CatchesInside()
    {
        try
        {
            throw new FormatException();
        }
        catch (FormatException)
        {
            return true;
        }
    }

    private static string FilterOverFrames(int depth)
    {
        string log = "";
        try
        {
            Down(depth);
        }
        catch (InvalidOperationException e)
        {
            log += $"caught {e.Message}";
        }

        return log;

        void Down(int n)
        {
            try
            {
                if (n == 0)
                {
                    throw new InvalidOperationException("bottom");
                }

                Down(n - 1);
            }
            catch (InvalidOperationException) when (n == 4)
            {
                log += "taken at 4, ";
                throw;
            }
            finally
            {
                log += n;
            }
        }
    }

    private static string Generic<T>() where T : Exception
    {
        try
        {
            try
            {
                throw new ArgumentNullException("p");
            }
            catch (T)
            {
                return $"caught as {typeof(T).Name}";
            }
        }
        catch (Exception)
        {
            return $"not a {typeof(T).Name}";
        }
    }

    private static string NullInBody()
    {
        string? text = Environment.GetEnvironmentVariable("UNIKERNEL_ABSENT");
        try
        {
            return text!.Length.ToString();
        }
        catch (NullReferenceException) when (text is null)
        {
            return "null seen by the filter";
        }
    }
}
