var people = new[] { new Person("a", 3, "x"), new Person("b", 1, "y"), new Person("c", 2, "x") };
Console.WriteLine(string.Join(";", from p in people where p.Age > 0 orderby p.City, p.Age descending group p by p.City into g select $"{g.Key}:{g.Sum(x => x.Age)}"));
Console.WriteLine(people.Join([("x", 10)], p => p.City, c => c.Item1, (p, c) => p.Age * c.Item2).Sum() + people.ToDictionary(p => p.Name).Count + people.MaxBy(p => p.Age)!.Name);
Console.WriteLine(people.AsParallel().Where(p => p.Age > 1).Count() + people.AsQueryable().Select(p => p.Name).Where(n => n != "a").Count() + people.Zip([1, 2]).Count());
Console.WriteLine(people.Aggregate("", (s, p) => s + p.Name) + people.Select(p => p with { Age = 9 }).First());
record Person(string Name, int Age, string City);
