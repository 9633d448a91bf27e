// Cases that a compiler's output and an obfuscator's changes of it meet in: what is dispatched, reflected on, decrypted or flattened. Built, then
// obfuscated (Obfuscated.csproj), and that is what both systems run.

using System.Reflection;
using Unikernel.Guest;
using Unikernel.Guest.Subjects;

return Suite.Run(args, ("code", Code), ("types", Types), ("reflection", Reflection), ("async", Async));

static void Code()
{
    Suite.Case("strings", () => string.Join('|', "plain", "", "žluť 😀", "line\nbreak", $"{1 + 1} and {"nested"}", "plain"));
    Suite.Each("string switch", ["one", "two", "three", "seven", ""], s => s switch { "one" => 1, "two" => 2, "three" => 3, "seven" => 7, _ => -1 });
    Suite.Each("switch", Enumerable.Range(-1, 9), i => Branches.Table(i));
    Suite.Each("loops", [0, 1, 7, 27], n => Branches.Collatz(n));
    Suite.Each("sort", [new[] { 3, 1, 2 }, [], [5, 5, 5], [9, -1, 4, 0]], Branches.Sorted);
    Suite.Case("constants", () => $"{Branches.Mix(int.MaxValue)} {Branches.Mix(-1)} {Branches.Wide(long.MinValue)} {Branches.Real(0.1)}");
    Suite.Each("protected regions", [0, 1, 2, 3], Branches.Guarded);
    Suite.Case("ref and out", () =>
    {
        int value = 3;
        Branches.Swap(ref value, out int old);
        return (value, old);
    });
    Suite.Case("overloads", () => string.Join(' ', Overloads.Show(1), Overloads.Show(1L), Overloads.Show("s"), Overloads.Show<string>("s"), Overloads.Show([1, 2]), (int)new Wrapped(4), (string)new Wrapped(4)));
}

static void Types()
{
    Suite.Case("interfaces", () => string.Join(' ', new IShape[] { new Square(3), new Circle(2), new Unit() }.Select(s => $"{s.Area()} {s.Twice()}")));
    Suite.Case("generic virtual methods", () => string.Join(' ', new Folder().Fold([1, 2, 3], 0, (a, b) => a + b), new Joiner().Fold(["a", "b"], "", (a, b) => a + b)));
    Suite.Case("static abstract members", () => Sum<Meters>([new(1), new(2)]).Value + Sum<Seconds>([new(3), new(4)]).Value);
    Suite.Case("variance", () => ((IProducer<object>)new Words()).Next());
    Suite.Case("explicit implementation", () => ((IShape)new Unit()).Area() + ((IProducer<string>)new Words()).Next().Length);
    Suite.Case("records", () => new Point(1, 2) with { Y = 5 } == new Point(1, 5));
    Suite.Case("record text", () => new Point(3, 4).ToString());
    Suite.Case("closures", () =>
    {
        int n = 0;
        List<Action> actions = [.. Enumerable.Range(1, 4).Select(i => (Action)(() => n += i))];
        actions.ForEach(a => a());
        return n;
    });
    Suite.Case("iterators", () => Branches.Primes().Take(8).Sum());
    Suite.Case("events", () =>
    {
        Bell bell = new();
        int rung = 0;
        bell.Rung += (_, n) => rung += n;
        bell.Ring(3);
        bell.Ring(4);
        return rung;
    });
    Suite.Case("static constructors", () => $"{Early.Order} {Late.Value} {Early.Order}");
    Suite.Case("nested generics", () => new Outer<int>.Inner<string>(1, "x").Both() + new Outer<string>.Inner<Point>("y", new(1, 1)).Both().Length);
    Suite.Case("pattern matching", () => string.Join(' ', new object[] { 1, "two", new Point(0, 3), new Square(2), 4.5 }.Select(Classify)));

    static T Sum<T>(T[] items)
        where T : IQuantity<T> => items.Aggregate(T.Zero, T.Add);
    static string Classify(object o) => o switch { int and > 0 => "positive", string { Length: 3 } s => s, Point(0, var y) => $"axis {y}", IShape shape => $"shape {shape.Area()}", _ => "other" };
}

static void Reflection()
{
    // The names are the obfuscator's, the same on both systems: some cannot be printed.
    Suite.Case("names", () => string.Join(' ', new object[] { new Square(1), new Circle(1), new Outer<int>.Inner<string>(1, "") }.Select(o => Escaped(o.GetType().FullName!))));
    Suite.Case("enum names", () => Escaped(string.Join(' ', Enum.GetNames<Color>())) + Enum.Parse<Fixed>("Second"));
    Suite.Case("created by type", () => Create<Circle>().Area());
    // The trimmer does not see a name that is hidden, and nothing else asks for the constructor.
    Suite.Case("created by a hidden name", () => ((Kept)Activator.CreateInstance(Type.GetType("Unikernel.Guest.Subjects.Kept")!)!).Number);
    Suite.Case("kept members", () => string.Join(' ', typeof(Kept).GetProperties().Select(p => $"{p.Name}={p.GetValue(new Kept())}")));
    Suite.Case("kept method", () => typeof(Kept).GetMethod("Greet")!.Invoke(new Kept(), ["you"]));
    Suite.Case("attributes", () => string.Join(' ', typeof(Kept).GetCustomAttributes<NoteAttribute>().Select(n => $"{n.Text} {n.Level} {n.Subject == typeof(Circle)}")));
    Suite.Throws("exception of our own", () => throw new OddException(7));

    static T Create<T>()
        where T : new() => new();
    static string Escaped(string s) => string.Concat(s.Select(c => c is > ' ' and < '\x7f' ? c.ToString() : $"\\u{(int)c:x4}"));
}

static void Async()
{
    Suite.Case("await", () => Later(5).GetAwaiter().GetResult());
    Suite.Case("async streams", () => Total().GetAwaiter().GetResult());
    Suite.Throws("thrown behind an await", () => Fail().GetAwaiter().GetResult());

    static async Task<int> Later(int n)
    {
        int sum = 0;
        for (int i = 0; i < n; i++)
        {
            await Task.Yield();
            sum += i;
        }

        return sum;
    }

    static async Task<int> Total()
    {
        int sum = 0;
        await foreach (int i in Branches.Slowly(4))
        {
            sum += i;
        }

        return sum;
    }

    static async Task Fail()
    {
        await Task.Yield();
        throw new OddException(3);
    }
}
