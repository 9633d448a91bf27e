Base[] all = [new First(), new Second<string>(), new Third()]; foreach (Base b in all) Console.WriteLine(b.Map<int, Guid>(3) + b.Map<string, double>("s") + b.Call<List<DateTime>>());
IVisitor<string> v = new Printer(); Console.WriteLine(new Leaf<int>(7).Accept(v) + new Node(new Leaf<string>("q"), new Leaf<(int, char)>((1, 'c'))).Accept(v));
Console.WriteLine($"{Total<Meters>([new(1), new(2)])}{Total<Grams>([new(5)])}"); IDefault d = new Plain(); Console.WriteLine(d.Show<byte>() + ((IDefault)new Own()).Show<byte>());
Func<Base, string> open = b => b.Map<object, long>(new()); Console.WriteLine(string.Concat(all.Select(open))); Console.WriteLine(Create<Third>().Call<int>() + Deep(4, 0));
static string Deep<T>(int n, T t) => n == 0 ? typeof(T).Name : n == 1 ? Deep(0, new T[1]) : Deep(n - 1, t); static T Create<T>() where T : new() => new(); static T Total<T>(IEnumerable<T> of) where T : struct, IUnit<T> => of.Aggregate(T.Zero, (a, b) => a + b);
abstract class Base { public virtual string Map<A, B>(A a) => typeof(A).Name + typeof(B).Name; public string Call<T>() => Inner<T>(); protected abstract string Inner<T>(); }
class First : Base { protected override string Inner<T>() => "1" + typeof(T).Name; } class Second<S> : Base where S : notnull { public override string Map<A, B>(A a) => typeof(S).Name + base.Map<B, A>(default!); protected override string Inner<T>() => typeof(Dictionary<S, T>).Name; }
class Third : First { protected override string Inner<T>() => "3" + base.Inner<T[]>(); }
interface IVisitor<R> { R Visit<T>(Leaf<T> leaf); R Visit(Node node); } abstract class Tree { public abstract R Accept<R>(IVisitor<R> v); }
class Leaf<T>(T value) : Tree { public T Value => value; public override R Accept<R>(IVisitor<R> v) => v.Visit(this); } class Node(Tree l, Tree r) : Tree { public Tree L => l; public Tree R2 => r; public override R Accept<R>(IVisitor<R> v) => v.Visit(this); }
class Printer : IVisitor<string> { public string Visit<T>(Leaf<T> leaf) => $"[{leaf.Value}:{typeof(T).Name}]"; public string Visit(Node n) => n.L.Accept(this) + n.R2.Accept(this); }
interface IUnit<T> where T : IUnit<T> { static abstract T Zero { get; } static abstract T operator +(T a, T b); static virtual string Sign => "?"; }
record struct Meters(int N) : IUnit<Meters> { public static Meters Zero => default; public static Meters operator +(Meters a, Meters b) => new(a.N + b.N); static string IUnit<Meters>.Sign => "m"; }
record struct Grams(int N) : IUnit<Grams> { public static Grams Zero => default; public static Grams operator +(Grams a, Grams b) => new(a.N + b.N); }
interface IDefault { string Show<T>() => "default" + typeof(T).Name; } class Plain : IDefault; class Own : IDefault { string IDefault.Show<T>() => "own" + typeof(T).Name; }
