using System.Linq.Expressions;

namespace Unikernel.Guest;

/// <summary>LINQ to objects, and expression trees as the interpreter runs them.</summary>
internal static class LinqCases
{
    private sealed record Person(string Name, int Age, string City);

    private static readonly Person[] s_people =
    [
        new("Ada", 36, "London"), new("Bob", 41, "Brno"), new("Cyril", 29, "Praha"), new("Dana", 36, "Brno"), new("Eva", 52, "London"),
    ];

    public static void Run()
    {
        Suite.Case("where select", () => s_people.Where(p => p.Age > 35).Select(p => p.Name));
        Suite.Case("order by then by", () => s_people.OrderByDescending(p => p.Age).ThenBy(p => p.Name, StringComparer.Ordinal).Select(p => p.Name));
        Suite.Case("group by", () => s_people.GroupBy(p => p.City).Select(g => $"{g.Key}={g.Sum(p => p.Age)}"));
        Suite.Case("join", () => s_people.Join(["Brno", "Praha"], p => p.City, c => c, (p, c) => p.Name + c[0]));
        Suite.Case("group join", () => new[] { "Brno", "Paris" }.GroupJoin(s_people, c => c, p => p.City, (c, ps) => $"{c}:{ps.Count()}"));
        Suite.Case("left join", () => new[] { "Brno", "Paris" }.LeftJoin(s_people, c => c, p => p.City, (c, p) => $"{c}-{p?.Name}"));
        Suite.Case("aggregate", () => Enumerable.Range(1, 10).Aggregate(1L, (a, b) => a * b));
        Suite.Case("zip", () => new[] { 1, 2, 3 }.Zip("abcd").Select(p => $"{p.First}{p.Second}"));
        Suite.Case("chunk", () => Enumerable.Range(0, 7).Chunk(3).Select(c => string.Join('+', c)));
        Suite.Case("select many", () => new[] { "ab", "cd" }.SelectMany(s => s, (s, c) => $"{s}{c}"));
        Suite.Case("set operations", () => new[] { 1, 2, 2, 3 }.Union([3, 4]).Except([1]).Intersect([2, 3, 9]));
        Suite.Case("distinct by", () => s_people.DistinctBy(p => p.City).Select(p => p.Name));
        Suite.Case("min max by", () => s_people.MinBy(p => p.Age)!.Name + s_people.MaxBy(p => p.Age)!.Name);
        Suite.Case("take skip while", () => Enumerable.Range(0, 20).SkipWhile(i => i < 5).TakeWhile(i => i < 9));
        Suite.Case("ranges", () => Enumerable.Range(0, 10).Take(^3..).Concat(Enumerable.Range(0, 10).Take(2..4)));
        Suite.Case("first last or default", () => $"{s_people.FirstOrDefault(p => p.Age > 90)?.Name ?? "none"} {s_people.Last().Name} {s_people.ElementAt(^2).Name}");
        Suite.Case("any all contains", () => $"{s_people.Any()} {s_people.All(p => p.Age > 20)} {new[] { 1, 2 }.Contains(3)}");
        Suite.Case("average sum", () => $"{Suite.Format(s_people.Average(p => p.Age))} {s_people.Sum(p => (decimal)p.Age)}");
        Suite.Case("to dictionary", () => s_people.ToDictionary(p => p.Name, p => p.Age)["Eva"]);
        Suite.Case("to lookup", () => s_people.ToLookup(p => p.City)["Brno"].Select(p => p.Name));
        Suite.Case("count by", () => s_people.CountBy(p => p.City).Select(p => $"{p.Key}{p.Value}"));
        Suite.Case("aggregate by", () => s_people.AggregateBy(p => p.City, 0, (a, p) => a + p.Age).Select(p => $"{p.Key}{p.Value}"));
        Suite.Case("index", () => "abc".Index().Select(p => $"{p.Index}{p.Item}"));
        Suite.Case("reverse cast of type", () => new object[] { 1, "a", 2.5, 3 }.OfType<int>().Reverse());
        Suite.Throws("cast fails", () => new object[] { 1, "a" }.Cast<int>().ToList());
        Suite.Case("sequence equal", () => new[] { 1, 2 }.SequenceEqual([1, 2]));
        Suite.Case("append prepend default", () => Array.Empty<int>().DefaultIfEmpty(7).Append(8).Prepend(6));
        Suite.Case("deferred", () =>
        {
            int calls = 0;
            IEnumerable<int> query = Enumerable.Range(0, 5).Select(i => i + calls++);
            return $"{calls} {query.Sum()} {query.Sum()}";
        });
        Suite.Case("query syntax", () =>
            from p in s_people
            let initial = p.Name[0]
            where p.City != "London"
            orderby initial descending
            select $"{initial}{p.Age}");
        Suite.Case("primes", () => Enumerable.Range(2, 200).Where(n => Enumerable.Range(2, (int)Math.Sqrt(n)).TakeWhile(d => d * d <= n).All(d => n % d != 0)).Count());
        Suite.Case("large sort", () => Suite.Digest(string.Join(',', Enumerable.Range(0, 5000).OrderBy(i => i * 7919 % 5003))));
        Suite.Case("shuffle keeps the items", () => Enumerable.Range(0, 100).Shuffle().Sum());
        Suite.Case("expression interpreted", () =>
        {
            ParameterExpression x = Expression.Parameter(typeof(int), "x");
            Expression<Func<int, int>> twicePlus = Expression.Lambda<Func<int, int>>(Expression.Add(Expression.Multiply(x, Expression.Constant(2)), Expression.Constant(1)), x);
            return $"{twicePlus} = {twicePlus.Compile(preferInterpretation: true)(20)}";
        });
        Suite.Case("expression of a lambda", () =>
        {
            Expression<Func<string, bool>> e = s => s.Length > 3;
            return $"{e.Body} {e.Compile(preferInterpretation: true)("four")}";
        });
    }
}
