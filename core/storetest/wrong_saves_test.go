package storetest

import (
	"errors"
	"maps"
	"slices"

	"github.com/ringsession/ringsession/core"
)

var wrongSaves = []wrong{
	{name: "save replaces the session", breaks: []string{"save", "save-nothing", "save-two", "race-writers", "histories"},
		save: func(c call) error { c.d.Clear = true; return c.save() }},
	{name: "save reads the session, changes it and writes it back whole", breaks: []string{"race-writers", "histories"},
		save: func(c call) error {
			r, err := c.load()
			if err != nil {
				return c.save()
			}
			if c.d.Clear {
				r.Fields = fields{}
			}
			for _, key := range c.d.Delete {
				delete(r.Fields, key)
			}
			maps.Copy(r.Fields, c.d.Set)
			pause()
			return c.with(core.Delta{Clear: true, Set: r.Fields, Login: c.d.Login}).save()
		}},
	{name: "save creates what is not there", breaks: []string{"save-missing", "destroy", "race-save-destroy", "histories"},
		save: func(c call) error {
			if err := c.save(); outcomeOf(err) != gone {
				return err
			}
			return c.create()
		}},
	{name: "save looks whether the session is there, then writes", breaks: []string{"race-save-destroy", "histories"},
		save: func(c call) error {
			if _, err := c.load(); err != nil {
				return c.save()
			}
			pause()
			if err := c.save(); outcomeOf(err) != gone {
				return err
			}
			return c.create()
		}},
	{name: "save of a destroyed session is silent",
		breaks: []string{"save-missing", "destroy", "race-save-destroy", "histories"},
		save: func(c call) error {
			if err := c.save(); outcomeOf(err) != gone {
				return err
			}
			return nil
		}},
	{name: "save does not delete", breaks: []string{"save", "save-order", "values-many-dropped", "histories"},
		save: func(c call) error { c.d.Delete = nil; return c.save() }},
	{name: "save does not clear", breaks: []string{"save-clear", "save-order", "histories"},
		save: func(c call) error { c.d.Clear = false; return c.save() }},
	{name: "save sets first and deletes then", breaks: []string{"save-order", "histories"},
		save: func(c call) error {
			last := c.with(core.Delta{Delete: c.d.Delete})
			c.d.Delete = nil
			return errors.Join(c.save(), last.save())
		}},
	{name: "save writes one field after the other", breaks: []string{"race-read-save"},
		save: func(c call) error {
			first := c.with(core.Delta{Clear: c.d.Clear, Delete: c.d.Delete})
			if err := first.save(); err != nil {
				return err
			}
			for key, value := range c.d.Set {
				pause()
				if err := c.with(core.Delta{Set: fields{key: value}}).save(); err != nil {
					return err
				}
			}
			return nil
		}},
	{name: "save minds when a field to delete is not there", breaks: []string{"save", "save-repeat"},
		save: func(c call) error {
			r, err := c.load()
			if err == nil && slices.ContainsFunc(c.d.Delete, func(key string) bool { return r.Fields[key] == "" }) {
				return errRefused
			}
			return c.save()
		}},
	{name: "save under an old id goes to the new one", breaks: []string{"renew-mark", "renew-chain", "histories"},
		save:  func(c call) error { return c.latest().save() },
		renew: rememberRenewal},
}
