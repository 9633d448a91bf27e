// Descriptions: the texts of things whose own code would link more than they need, and parts of arrays.

using System.ComponentModel;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Unikernel.Guest;

return Suite.Run(args, ("exceptions", Exceptions), ("values", Values), ("arrays", Arrays));

static void Exceptions()
{
    foreach ((string name, Func<Exception> make) in new (string, Func<Exception>)[]
    {
        ("external", () => new ExternalException("message", unchecked((int)0x8004ABCD))),
        ("external without a message", () => new ExternalException("")),
        ("external, inner", () => new ExternalException("outer", new InvalidOperationException("inner"))),
        ("win32", () => new Win32Exception(2, "message")),
        ("win32, negative", () => new Win32Exception(-5, "message")),
        ("win32, zero", () => new Win32Exception(0, "message")),
        ("win32, another result", () => new OtherResult()),
        ("socket", () => new SocketException((int)SocketError.TimedOut)),
        ("aggregate", () => new AggregateException("several", new InvalidOperationException("first"), new ArgumentException("second"), new AggregateException(new FormatException("third")))),
        ("aggregate of none", () => new AggregateException("none")),
        ("aggregate of one twice", () => { var one = new TimeoutException("one"); return new AggregateException(one, one); }),
        ("culture", () => new CultureNotFoundException("parameter", "xx-name", "message")),
        ("culture by number", () => new CultureNotFoundException("parameter", 0x7F, "message")),
        ("culture by a large number", () => new CultureNotFoundException("parameter", 0x12345, "message")),
        ("culture by a negative number", () => new CultureNotFoundException("parameter", -1, "message")),
    })
    {
        Suite.Case(name, () => make().ToString());
        Suite.Case(name + ", thrown", () =>
        {
            try
            {
                throw make();
            }
            catch (Exception e)
            {
                return $"{e.ToString().StartsWith(make().ToString(), StringComparison.Ordinal)} {e.ToString().Contains("\n   at ", StringComparison.Ordinal)} {e.Message}";
            }
        });
    }
}

static void Values()
{
    foreach (string text in new[] { "127.0.0.1:80", "0.0.0.0:0", "[::1]:65535", "[fe80::1%3]:5", "[::ffff:1.2.3.4]:1" })
        Suite.Case(text, () => IPEndPoint.Parse(text).ToString());
    Suite.Case("pair", () => new KeyValuePair<string, int>("a", -1).ToString());
    Suite.Case("pair of nothing", () => new KeyValuePair<string?, object?>(null, null).ToString());
    Suite.Case("pair of pairs", () => new KeyValuePair<double, KeyValuePair<DayOfWeek, char>>(1.5, new(DayOfWeek.Friday, 'x')).ToString());
    Suite.Case("pair of dates", () => new KeyValuePair<DateTime, TimeSpan>(new DateTime(2026, 1, 2, 3, 4, 5), TimeSpan.FromHours(1)).ToString());
    Suite.Case("thread's culture", () =>
    {
        string name = "";
        var thread = new Thread(() => name = $"{CultureInfo.CurrentCulture.NumberFormat.NumberDecimalSeparator} {CultureInfo.CurrentUICulture.Name.Length}");
        thread.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ";" } };
        thread.Start();
        thread.Join();
        return name;
    });
}

static void Arrays()
{
    Suite.Case("bytes", () => string.Join(',', new byte[] { 1, 2, 3, 4 }[1..3]));
    Suite.Case("all", () => string.Join(',', new[] { "a", "b" }[..]));
    Suite.Case("none", () => new[] { 1, 2 }[2..].Length);
    Suite.Case("from the end", () => string.Join(',', new[] { 1L, 2, 3 }[^2..]));
    Suite.Case("outside", () => new[] { 1 }[..2].Length);
    Suite.Case("of a more special type", () =>
    {
        object[] objects = new string[] { "a", "b", "c" };
        object[] part = objects[1..];
        return $"{part.GetType()} {string.Join(',', part)} {objects[3..].GetType()}";
    });
    Suite.Case("of another integer", () =>
    {
        uint[] numbers = (uint[])(object)new[] { 1, -1 };
        uint[] part = numbers[1..];
        return $"{part.GetType()} {part[0]}";
    });
    Suite.Case("structures with references", () => string.Join(',', new[] { (1, "one"), (2, "two"), (3, "three") }[1..]));
    Suite.Case("arrays of arrays", () =>
    {
        object[] jagged = new int[][] { [1], [2, 3] };
        return $"{jagged[1..].GetType()} {((int[])jagged[1..][0]).Length}";
    });
}

internal sealed class OtherResult : Win32Exception
{
    public OtherResult()
        : base(3, "message") => HResult = 0x1234;
}
