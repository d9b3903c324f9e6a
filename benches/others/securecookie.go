// gorilla/securecookie with a block key, around JSON: the cookie store of gorilla/sessions.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sort"
	"syscall"

	"github.com/gorilla/securecookie"
)

const rounds, batch = 30, 2000

func main() {
	text, err := os.ReadFile(os.Args[1])
	check(err)
	var records []map[string]any
	check(json.Unmarshal(text, &records))
	codec := securecookie.New(securecookie.GenerateRandomKey(32), securecookie.GenerateRandomKey(32))
	codec.SetSerializer(securecookie.JSONEncoder{})
	codec.MaxLength(8192)
	for _, record := range records {
		value, err := codec.Encode("session", record)
		check(err)
		var back map[string]any
		check(codec.Decode("session", value, &back))
		if !reflect.DeepEqual(record, back) {
			panic("it does not come back")
		}
		var size bytes.Buffer
		encoder := json.NewEncoder(&size)
		encoder.SetEscapeHTML(false)
		check(encoder.Encode(record))
		sealed := micros(func() { codec.Encode("session", record) })
		opened := micros(func() {
			var back map[string]any
			codec.Decode("session", value, &back)
		})
		fmt.Printf("gorilla/securecookie, encrypted\t%d\t%d\t%.1f\t%.1f\n", size.Len()-1, len(value), sealed, opened)
	}
}

func micros(work func()) float64 {
	times := make([]float64, rounds)
	for round := range times {
		start := cpu()
		for i := 0; i < batch; i++ {
			work()
		}
		times[round] = (cpu() - start) / batch
	}
	sort.Float64s(times)
	return times[rounds/2]
}

// Microseconds of CPU, the collector's included.
func cpu() float64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1000
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
