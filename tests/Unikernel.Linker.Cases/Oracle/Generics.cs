Console.WriteLine(string.Join(",", Sort([3, 1, 2])) + Make<List<string>>().Count + new Pair<int, string>(1, "a").Swap());
IShape[] shapes = [new Circle(2), new Square(3)];
Console.WriteLine(shapes.Sum(s => s.Area()) + " " + shapes.GroupBy(s => s.GetType().Name).Count());
Console.WriteLine(Max(1.5, 2.5) + Max("a", "b").Length + " " + Zero<decimal>());
var cache = new Dictionary<(int, string), Lazy<object>> { [(1, "x")] = new(() => new Circle(1)) };
Console.WriteLine(cache[(1, "x")].Value);
static T[] Sort<T>(T[] a) where T : IComparable<T> { Array.Sort(a); return a; }
static T Make<T>() where T : new() => new();
static T Max<T>(T a, T b) where T : IComparable<T> => a.CompareTo(b) > 0 ? a : b;
static T Zero<T>() where T : System.Numerics.INumber<T> => T.Zero;
readonly record struct Pair<A, B>(A First, B Second) { public Pair<B, A> Swap() => new(Second, First); }
interface IShape { double Area(); string Describe() => $"{GetType().Name} {Area():F1}"; }
record Circle(double R) : IShape { public double Area() => Math.PI * R * R; public override string ToString() => ((IShape)this).Describe(); }
record Square(double S) : IShape { public double Area() => S * S; }
